;;; Guile's own socket calls, on the kernel's stack, as the server of ours:
;;;   guile server.scm stream PORT COUNT     takes a connection, reads to the end, answers COUNT octets
;;;   guile server.scm datagram PORT COUNT   answers each of COUNT datagrams with one of its size
(add-to-load-path (dirname (current-filename)))
(use-modules (octets) (ice-9 match) (rnrs bytevectors))

(define (stream port count)
  (let ((server (socket PF_INET SOCK_STREAM 0)))
    (bind server AF_INET INADDR_ANY port)
    (listen server 1)
    (say "listening")
    (match (accept server)
      ((connection . from)
       (unless (equal? from (getpeername connection)) (error "from" from))
       (call-with-values
           (lambda () (recv-all connection 1))
         (lambda (received wrong)
           (send-all connection (make-octets count 2))
           (close-port connection)
           (verdict received wrong)))))
    (close-port server)))

(define (datagram port count)
  (let ((server (socket PF_INET SOCK_DGRAM 0))
        (buffer (make-bytevector 65536)))
    (bind server AF_INET INADDR_ANY port)
    (say "listening")
    (let loop ((left count) (received 0) (wrong -1))
      (if (zero? left)
          (verdict received wrong)
          (match (recvfrom! server buffer)
            ((size . from)
             (sendto server (make-octets size 2) AF_INET (sockaddr:addr from) (sockaddr:port from))
             (loop (1- left) (+ received size) (max wrong (first-wrong buffer size 0 1)))))))
    (close-port server)))

(match (cdr (command-line))
  (("stream" port count) (stream (string->number port) (string->number count)))
  (("datagram" port count) (datagram (string->number port) (string->number count))))
