;;; Guile's own socket calls, on the kernel's stack, as the client of ours:
;;;   guile client.scm stream ADDRESS PORT COUNT      sends COUNT octets and the end, then reads to the end
;;;   guile client.scm datagram ADDRESS PORT SIZE...  sends a datagram of each size, and reads one for each
(add-to-load-path (dirname (current-filename)))
(use-modules (octets) (ice-9 match) (rnrs bytevectors))

(define (stream address port count)
  (let ((client (socket PF_INET SOCK_STREAM 0)))
    (connect client AF_INET address port)
    (unless (= (sockaddr:port (getpeername client)) port) (error "getpeername"))
    (send-all client (make-octets count 1))
    (shutdown client 1)
    (call-with-values (lambda () (recv-all client 2)) verdict)
    (close-port client)))

(define (exchange client peer size)
  (let ((buffer (make-bytevector 65536)))
    (unless (= (sendto client (make-octets size 1) peer) size) (error "sendto"))
    (match (recvfrom! client buffer)
      ((count . from)
       (unless (equal? from peer) (error "from" from))
       (cons count (first-wrong buffer count 0 2))))))

(define (datagram address port sizes)
  (let* ((client (socket PF_INET SOCK_DGRAM 0))
         (peer (make-socket-address AF_INET address port))
         (answers (map (lambda (size) (exchange client peer size)) sizes)))
    (verdict (apply + (map car answers)) (apply max (map cdr answers)))
    (close-port client)))

(match (cdr (command-line))
  (("stream" address port count)
   (stream (inet-pton AF_INET address) (string->number port) (string->number count)))
  (("datagram" address port . sizes)
   (datagram (inet-pton AF_INET address) (string->number port) (map string->number sizes))))
